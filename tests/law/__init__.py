"""The law, line by line: what each article asks of a consent server, tried as a reader of the law would.

Everything goes through what is public: pages, protocol, data API, commands. How a rule is carried out has its
own tests, in the rooms that do it.
"""
