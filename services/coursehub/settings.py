"""The service's settings: frozen, read once from `COURSEHUB_*` in the environment."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from coursehub.vocabulary import usernames
from coursehub.vocabulary.addresses import host_of, is_loopback, origin_of


class Settings(BaseSettings):
    """
    Every setting of the service.

    `coursehub.setup(c)` passes them to the managed service; a service that is
    run by hand reads the same names from its environment.
    """

    model_config = SettingsConfigDict(env_prefix="COURSEHUB_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default=Path("coursehub-data"),
        description="Folder of the database, the tool's keys, submissions and git mirrors.",
    )
    key_passphrase: SecretStr = Field(
        default=SecretStr(""),
        description="Encrypts the tool's keys that are made from now on; empty for none.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL; empty for SQLite (WAL) in the data folder.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="The Hub's address as browsers and LMSs see it, without its base path.",
    )
    public_hub_url: str = Field(
        default="",
        validation_alias="JUPYTERHUB_PUBLIC_HUB_URL",
        description="Where the Hub's own pages are, as c.JupyterHub.public_url has it.",
    )
    hub_token: SecretStr = Field(
        default=SecretStr(""),
        description="What the Hub proves itself with to the service; made anew by setup().",
    )
    prefix: str = Field(
        default="/services/coursehub/",
        validation_alias="JUPYTERHUB_SERVICE_PREFIX",
        description="The path under which the Hub's proxy serves the service.",
    )
    hub_base_url: str = Field(
        default="/",
        validation_alias="JUPYTERHUB_BASE_URL",
        description="The Hub's base path.",
    )
    service_url: str = Field(
        default="http://127.0.0.1:10101",
        validation_alias="JUPYTERHUB_SERVICE_URL",
        description="Where the service listens.",
    )
    user_servers_url: str = Field(
        default="",
        description="The service's address for users' servers, with prefix; empty for its own.",
    )
    hub_api_url: str = Field(
        default="http://127.0.0.1:8081/hub/api",
        validation_alias="JUPYTERHUB_API_URL",
        description="The Hub's API, as the service reaches it.",
    )
    hub_api_token: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="JUPYTERHUB_API_TOKEN",
        description="The service's own token for the Hub's API.",
    )
    username_template: str = Field(
        default="{email_local} | {sub}",
        description="What Hub user names are made from: fields in braces, the best first.",
    )
    request_timeout_s: float = Field(
        default=20.0, description="Longest wait for an LMS or a git server to answer."
    )
    allow_private_platforms: bool = Field(
        default=False,
        description="Whether LMSs may be at private addresses, and on this machine over http.",
    )
    roster_interval_s: float = Field(
        default=3600.0, description="Seconds between two roster syncs of a course."
    )
    roster_leave_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Largest share of a course that one listing may lack before a person is asked; "
        "three people always may leave.",
    )
    roster_create_users: bool = Field(
        default=False,
        description="Whether a roster's people get accounts on the Hub before they come; it takes "
        "the Hub's scope admin:users.",
    )
    reconcile_interval_s: float = Field(
        default=60.0, description="Seconds between two comparisons of reservations with the Hub."
    )
    departures_interval_s: float = Field(
        default=10.0,
        description="Seconds between two looks for servers of people who were dropped.",
    )
    scores_interval_s: float = Field(
        default=5.0, description="Seconds between two looks into the outbox of scores."
    )
    submission_max_bytes: int = Field(
        default=100_000_000, description="Largest submission that is accepted, all files together."
    )
    submission_max_files: int = Field(default=1000, description="Most files in one submission.")
    blobs_url: str = Field(
        default="",
        description="fsspec URL of submissions and feedback; empty for a folder in data_dir.",
    )
    repository_max_bytes: int = Field(
        default=2_000_000_000, description="Largest git mirror that is kept."
    )
    repository_timeout_s: float = Field(
        default=120.0, description="Longest time one fetch of a module's repository may take."
    )
    allow_private_repositories: bool = Field(
        default=False,
        description="Whether module repositories may be on private or loopback addresses.",
    )
    repository_protocols: str = Field(
        default="http,https",
        description="Protocols that module repositories may use, by comma: http, https, file.",
    )
    module_refresh_s: float = Field(
        default=30.0,
        description="Age at which a mirror is fetched anew when a student opens the course.",
    )
    modules_interval_s: float = Field(
        default=900.0,
        description="Seconds between two rounds in which every module repository is fetched.",
    )
    dask_address: str = Field(
        default="",
        description="Scheduler that grades; empty for a LocalCluster started at the first grading.",
    )
    dask_workers: int = Field(default=2, description="Workers of the LocalCluster.")
    autograde_timeout_s: float = Field(
        default=120.0, description="Longest run of one notebook when it is graded."
    )
    autograde_memory_bytes: int = Field(
        default=2_000_000_000, description="Most memory of one process that grades."
    )
    autograde_on_submit: bool = Field(
        default=False, description="Whether a submission is graded as soon as it is received."
    )
    default_memory_bytes: int = Field(
        default=1_000_000_000, description="Memory limit of a course that sets none."
    )
    default_cpu: float = Field(default=1.0, description="CPU limit of a course that sets none.")
    default_seats: int = Field(
        default=100, description="Servers at once of a course that sets none."
    )
    price_memory_gb_hour_microusd: int = Field(
        default=5_000, description="Price of 1 GB (10^9 bytes) of memory for an hour, micro-USD."
    )
    price_cpu_hour_microusd: int = Field(
        default=30_000, description="Price of one core for an hour, in micro-USD."
    )
    cookie_secure: bool = Field(
        default=False, description="Whether cookies are sent over https alone; set on https Hubs."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @model_validator(mode="before")
    @classmethod
    def _told_by_the_hub(cls, given: Any) -> Any:
        """
        The Hub's own word on where it is, unless somebody gave another public address.

        setup() reads the configuration as far as it is written by then; what is
        set later, by another file or on the command line, only the Hub knows.
        """
        told = origin_of(str(given.get("JUPYTERHUB_PUBLIC_HUB_URL") or ""))
        public = str(given.get("public_url") or "")
        if not told or not _is_here(public):
            return given
        return {**given, "public_url": told, "cookie_secure": told.startswith("https:")}

    @field_validator("username_template")
    @classmethod
    def _understood(cls, template: str) -> str:
        usernames.parse(template)
        return template

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'coursehub.sqlite'}"

    @property
    def names_ahead(self) -> str:
        """The template of names of accounts that are made ahead; empty where none are."""
        return self.username_template if self.roster_create_users else ""

    @property
    def for_user_servers(self) -> str:
        """The address that users' servers are given; it ends with a slash."""
        own = f"{self.service_url.rstrip('/')}{self.prefix}"
        return (self.user_servers_url or own).rstrip("/") + "/"

    @property
    def protocols(self) -> frozenset[str]:
        """The protocols that module repositories may use."""
        return frozenset(name.strip() for name in self.repository_protocols.split(","))

    @property
    def blobs(self) -> str:
        """The fsspec URL in force."""
        return self.blobs_url or f"file://{(self.data_dir / 'blobs').absolute()}"

    def course_root(self, course: str) -> Path:
        """Folder that the course's grader server opens; nbgrader's course folder is in it."""
        return (self.data_dir / "graders" / course).absolute()


def _is_here(public_url: str) -> bool:
    """Whether that address is a guess: none, or one on this machine."""
    return not public_url or is_loopback(host_of(public_url))
