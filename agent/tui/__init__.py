"""The app in the terminal: renders what a conversation tells, and sends it commands. It decides nothing."""
