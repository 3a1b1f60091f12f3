"""The data API and userinfo: what a token and its grant let out, and the record of each read."""
