"""Signing in, second factors, sessions and step-up."""
