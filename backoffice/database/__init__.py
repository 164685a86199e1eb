"""What each process may do in PostgreSQL, where web and workers sign in as roles of their own."""
