"""JupyterHub for a class: one server, one password, a folder of their own for each name.

Settings come from the environment: CLASS_PASSWORD (8 characters or more), CLASS_FOLDER (where the folders of
the students are kept; a volume of the container) and CLASS_NOTEBOOKS (what each student gets a copy of).
"""

import os
import shutil
import sys
from pathlib import Path

FOLDER = Path(os.environ.get("CLASS_FOLDER", "/srv/class"))
NOTEBOOKS = Path(os.environ.get("CLASS_NOTEBOOKS", "/srv/notebooks"))
PASSWORD = os.environ.get("CLASS_PASSWORD", "")

if len(PASSWORD) < 8:
    sys.exit("Set CLASS_PASSWORD to a password of 8 characters or more that the class will share.")


def give_notebooks(spawner) -> None:
    """Copy the notebooks into the folder of a student, but nothing that is there already."""
    home = FOLDER / "homes" / spawner.user.name
    for source in NOTEBOOKS.rglob("*"):
        target = home / "notebooks" / source.relative_to(NOTEBOOKS)
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


(FOLDER / "state").mkdir(parents=True, exist_ok=True)

c = get_config()  # noqa: F821 (JupyterHub defines it)
c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'state' / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "state" / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "state" / "proxy.pid")

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = PASSWORD
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = r"[a-z][a-z0-9-]{0,30}\Z"  # a name of a folder, and nothing else

c.JupyterHub.spawner_class = "simple"  # all as the user of the container
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "homes" / "{username}")
c.Spawner.pre_spawn_hook = give_notebooks
c.Spawner.default_url = "/lab/tree/notebooks"
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # all of a class start at once
c.JupyterHub.concurrent_spawn_limit = 10
