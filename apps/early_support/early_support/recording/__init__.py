"""What is stored of guidance without a client relationship, by each register controller's policy (domain.md §3, 352-354)."""
