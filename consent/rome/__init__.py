"""The ROME, France Travail's referential of jobs and skills: searching it, and what it says of a profile.

Owns: its tables, the subset that ships with Accord, loading the full open-data files, search, the skills
expected for a job, what a person lacks for one, and skills that often go with hers.
Does not own: profiles (consent/profile); nothing here is about anybody.
Who may call it: consent/pages, the profile's additions by apps, the `accord rome` command.
"""
