"""A MetaTrader 5 Manager API for laptops and tests: its own process, its own storage, and faults on demand."""
