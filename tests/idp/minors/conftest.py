"""A child of 14 and her mother in the house."""

import pytest

from tests.idp.minors.home import CHILD, MUM, Home, account
from tests.idp.support import World
from tests.idp.visitor import NewVisitor


@pytest.fixture
async def home(house: World, new_visitor: NewVisitor) -> Home:
    child_id = await account(house, CHILD, turns_15_in=100)
    await account(house, MUM.lower())
    mum = new_visitor()
    await mum.sign_in(await mum.get("/login"), MUM.lower())
    return Home(house, new_visitor(), mum, child_id)
