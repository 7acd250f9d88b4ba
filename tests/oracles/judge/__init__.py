"""The real tools as judges: how they are built, asked and understood, and what is brought before them."""
