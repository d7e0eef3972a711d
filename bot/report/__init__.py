"""What people read about a judged discussion: a table, JSON Lines and one page. Decides nothing."""
