"""The published ways in which four eyes fail, and what holds against each."""
