"""Counting in tasks that any engine can run, on one machine or many: a plan, maps, a reduction."""
