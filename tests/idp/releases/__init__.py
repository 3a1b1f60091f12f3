"""What leaves is exactly what the grant allows: random lives of grants against a model of their own.

`model.py` knows nothing of the implementation. `readers.py` says what a reader of the data is: another face
of the data API joins by adding its own to `READERS`.
"""
