"""Holds the API of chokepoint against its OpenAPI description with Schemathesis.

    python tests/api_schemathesis.py PATH/TO/chokepoint

Starts the server on a free port with an empty folder of scenarios, sends the
requests that internal/server/schemathesis.toml describes, and stops the server.
The last line says how many passed. About a minute.
"""

import pathlib
import re
import signal
import subprocess
import sys
import tempfile

CONFIG = pathlib.Path(__file__).resolve().parent.parent / "internal/server/schemathesis.toml"
EXAMPLES = 30  # of fuzzing, each operation; the phases before it do not depend on it
MINUTES = 5  # a server that hangs is a failure


def ask(address, scratch):
    """Runs Schemathesis, and returns what is wrong and how many cases passed."""
    st = pathlib.Path(sys.executable).with_name("st")
    command = [st, "--config-file", CONFIG, "run", f"{address}api/v1/openapi.json",
               "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
               "--workers", "1", "--generation-database", "none", "--no-color"]
    try:
        run = subprocess.run(command, cwd=scratch, text=True, timeout=60 * MINUTES,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as late:
        out = late.stdout or b""
        return f"{out.decode() if isinstance(out, bytes) else out}\nnot done after {MINUTES} minutes", 0
    passed = re.search(r"(\d+) generated.* (\d+) passed", run.stdout)
    if run.returncode or not passed or passed[1] != passed[2]:
        return f"{run.stdout}\nschemathesis ended with {run.returncode}", int(passed[2]) if passed else 0
    tested = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", run.stdout)
    if not tested or len(set(tested.groups())) != 1:
        return f"{run.stdout}\nnot every operation was tested", int(passed[2])
    return "", int(passed[2])


def main(binary):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped then, too
    with tempfile.TemporaryDirectory() as scratch:
        scenarios = pathlib.Path(scratch, "scenarios")
        scenarios.mkdir()
        with open(pathlib.Path(scratch, "log"), "w+") as log:
            server = subprocess.Popen(
                [binary, "serve", "--listen", "127.0.0.1:0", "--scenarios", scenarios, "--max-headers", "4194304"],
                stdout=subprocess.PIPE, stderr=log, text=True)
            wrong, passed = "the server did not start", 0
            try:
                address = server.stdout.readline().strip()
                if address:
                    wrong, passed = ask(address, scratch)
                if not wrong and server.poll() is not None:
                    wrong = "the server ended by itself"
            finally:
                server.terminate()
                try:
                    code = server.wait(30)
                except subprocess.TimeoutExpired:
                    server.kill()
                    code = server.wait()
            if not wrong and code:
                wrong = f"the server ended with {code}"
            log.seek(0)
            if wrong:
                print(wrong, "the server's log:", log.read(), sep="\n")
    print("API against its description:", "FAILED, see above" if wrong else f"{passed} cases passed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
