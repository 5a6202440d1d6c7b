"""Conversations that outlive the program: what was asked, how it was heard, the hops, the evidence, the answer."""
