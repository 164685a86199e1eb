"""Money: deposits, withdrawals, credit, corrections, bonuses, charges and negative balance resets."""
