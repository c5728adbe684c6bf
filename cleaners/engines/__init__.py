"""Hosts for clean_batch."""
