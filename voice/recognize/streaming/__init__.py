"""Words while they are spoken: passes over what was heard so far, and a policy that says which words are final."""
