"""Bundles: operations that are decided as one, frozen in their order, and released in hundreds."""
