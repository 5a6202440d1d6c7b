"""Spoken sets: the questions of a dataset said by machine voices, with noise, and heard once by a recogniser.

A spoken set is a folder: plan.json (what was asked for), audio/*.flac, manifest.jsonl (a line for each recording, with
the whole sample), and heard-*.jsonl (the same lines with an n-best list, one file for each recogniser and its options).
"""
