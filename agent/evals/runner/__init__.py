"""Runs: samples go through a system, and every record is on the disk before the next is told."""
