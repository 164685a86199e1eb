"""The trail: every change is a unit of work whose last statement writes its entries into one keyed chain."""
