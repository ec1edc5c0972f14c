"""Who may sign in and ask, and what each has done."""
