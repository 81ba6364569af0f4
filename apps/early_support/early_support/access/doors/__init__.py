"""The side doors: ways around the rules of access that Frappe leaves open, each closed by one small function.

`tables` says which doctypes of Frappe hang on casework or carry it away, `notes` opens the first with their document
only, `carriers` refuses the second, `methods` stands before whitelisted functions that ask for no right, and `shares`
looks daily that nothing was shared all the same.
"""
