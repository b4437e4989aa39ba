"""GitRepos of module repositories, kept by git itself."""

from coursehub.adapters.git.mirrors import GitRepos

__all__ = ["GitRepos"]
