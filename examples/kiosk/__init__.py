"""Borne emploi, a sample job kiosk: a screen in a public place, where nobody types (RFC 8628).

It shows a code and its QR image; the person answers on her own phone; the screen compares her skills with a
few jobs, and forgets everything when she ends, or goes away. It is another program than Accord, and borrows
of Cap Coaching (examples/coach) what any client needs: discovery, bounded calls, the ID token's checks.
"""
