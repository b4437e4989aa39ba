from tests.demo.showing import log

__all__ = ["log"]
