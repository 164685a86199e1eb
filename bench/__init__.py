"""Measurements: ratios against a reference that is interleaved in the same run, medians with their spread."""
