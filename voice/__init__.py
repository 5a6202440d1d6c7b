"""Sound to text and text to sound. Import from the submodules; nothing is loaded here."""
