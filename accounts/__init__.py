"""Customers' trading accounts: looked up, read live, and found again."""
