"""What differs between the Frappe versions the app runs on: 15.0.0-dev of 2023-08 (trial bench), v15 and 16.

So far nothing: the app is written in what all three have in common (the hooks of access take only the arguments that
every version gives; see access/policy.py). Whoever meets a difference adds a function here, named after what it does.
"""
