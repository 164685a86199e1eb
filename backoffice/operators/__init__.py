"""The people who sign in: operators, the humans behind them, and what each may do."""
