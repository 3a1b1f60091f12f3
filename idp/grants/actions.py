"""The words of Grant Management, draft 03: what may be asked at /authorize (5.2) and of the API (6.1, 7.1).

At most one grant lives for a person and an app. So `create`, where one lives, asks the person about
everything and ends that one in the transaction that makes the fresh one: the draft's fresh grant_id, and
never two grants that add up to more than either page said.
"""

CREATE, MERGE, REPLACE = "create", "merge", "replace"
REQUEST_ACTIONS = (CREATE, MERGE, REPLACE)
UPDATES = (MERGE, REPLACE)  # those that name a grant

QUERY_SCOPE = "grant_management_query"
REVOKE_SCOPE = "grant_management_revoke"
API_SCOPES = (QUERY_SCOPE, REVOKE_SCOPE)
ACTIONS_SUPPORTED = ("query", "revoke", MERGE, REPLACE, CREATE)

GRANTS_PATH = "/grants"
