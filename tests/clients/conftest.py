from tests.actors.stage import house

__all__ = ["house"]
