"""Everything a member feels: carrying actions out."""
