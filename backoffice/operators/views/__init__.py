"""The pages of signing in, of one's second factors, and of where one is signed in."""
