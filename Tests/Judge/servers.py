"""Models behind addresses, as users serve them.

`ScoringServer` is the real thing: `mlflow models serve`. `Front` stands before a model, counts what
is asked, asks for a token where it was told one, and can fail as servers do. `MLflowFront` passes
questions on to a scoring server; `InferenceFront` answers the Open Inference Protocol itself.
"""

import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pandas

START_SECONDS = 120
END_SECONDS = 20
ANSWER_SECONDS = 120
BODY_LIMIT = 256 << 20


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def post(url, question, token=None):
    """The answer to one question, as JSON."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    asked = urllib.request.Request(url, json.dumps(question).encode(), headers)
    with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS) as answer:
        return json.load(answer)


class ScoringServer:
    """MLflow's scoring server of a saved model, for the time of a `with`."""

    def __init__(self, model, log):
        self.model, self.log, self.port = model, log, free_port()
        self.url = f"http://127.0.0.1:{self.port}/invocations"

    def __enter__(self):
        beside = pathlib.Path(sys.executable).parent
        environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true",
                       "PATH": f"{beside}:{os.environ['PATH']}"}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [beside / "mlflow", "models", "serve", "--model-uri", self.model, "--host",
                 "127.0.0.1", "--port", str(self.port), "--env-manager", "local"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                start_new_session=True)
        return self

    def wait(self):
        """Until it answers; several may start at a time before they are waited for."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5):
                    return self
            except OSError:
                time.sleep(0.2)
        raise SystemExit(f"mlflow does not start:\n{pathlib.Path(self.log).read_text()[-2_000:]}")

    def __exit__(self, *_):
        # Its group, as the server is a child of mlflow.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(END_SECONDS)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue


class Asked:
    """A request as it came."""

    def __init__(self, path, token, rows):
        self.path, self.token, self.rows, self.at = path, token, rows, time.monotonic()


class Front:
    """What stands before a model on loopback, for the time of a `with`.

    `faults` are those of the next requests, one each: a word of `FAULTS`. `fault` is that of every
    request while there are no others.
    """

    FAULTS = ("unavailable", "busy", "cut", "slow", "few", "many", "nan", "null", "infinite",
              "text", "empty", "no_json", "refused")
    path = "/"

    def __init__(self, token=None):
        self.token = token
        self.slowness = 0
        self.forget()

    def forget(self):
        """Forgets what was asked, and fails no more."""
        self.asked, self.faults, self.fault = [], [], None

    @property
    def rows(self):
        return sum(asked.rows for asked in self.asked)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}{self.path}"

    def __enter__(self):
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                front.handle(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(END_SECONDS)

    def handle(self, request):
        length = int(request.headers["Content-Length"] or 0)
        if length > BODY_LIMIT:
            return self.send(request, 413, {"error": "too large"})
        question = json.loads(request.rfile.read(length))
        given = request.headers["Authorization"]
        fault = self.faults.pop(0) if self.faults else self.fault
        self.asked.append(Asked(request.path, given, self.count(question)))
        if self.token and given != f"Bearer {self.token}":
            return self.send(request, 401, {"error": "a token is needed"})
        if request.path != self.path:
            return self.send(request, 404, {"error": "there is no such model"})
        if fault in ("unavailable", "busy"):
            status = 503 if fault == "unavailable" else 429
            return self.send(request, status, {"error": "not now"}, {"Retry-After": "1"})
        if fault == "cut":
            request.close_connection = True
            return None
        if fault == "refused":
            return self.send(request, 400, {"error": "no such column"})
        if fault == "slow":
            time.sleep(self.slowness)
        status, answer = self.answer(question)
        if status == 200 and fault is not None:
            answer = self.spoilt(answer, fault)
        return self.send(request, status, answer)

    @staticmethod
    def send(request, status, answer, headers=None):
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        try:
            request.send_response(status)
            for name, value in {"Content-Type": "application/json",
                                "Content-Length": str(len(body)), **(headers or {})}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            # Who asked did not wait for a slow answer.
            request.close_connection = True

    def spoilt(self, answer, fault):
        """An answer as it must not be."""
        if fault == "no_json":
            return b"<html>Welcome</html>"
        if fault == "empty":
            return {}
        values = self.values(answer)
        if fault == "few":
            return self.with_values(values[:-1])
        if fault == "many":
            return self.with_values(values + values[-1:])
        wrong = {"nan": float("nan"), "null": None, "infinite": float("inf"), "text": "yes"}
        if fault in wrong:
            values[len(values) // 2] = wrong[fault]
        return self.with_values(values)


class MLflowFront(Front):
    """Before a scoring server."""

    path = "/invocations"

    def __init__(self, server, token=None):
        super().__init__(token)
        self.server_behind = server

    @staticmethod
    def count(question):
        return len(question["dataframe_split"]["data"])

    def answer(self, question):
        try:
            return 200, post(self.server_behind.url, question)
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    @staticmethod
    def values(answer):
        """The last of each row's: the probability of a yes."""
        return [row[-1] if isinstance(row, list) else row for row in answer["predictions"]]

    @staticmethod
    def with_values(values):
        return {"predictions": values}


class InferenceFront(Front):
    """A model of the Open Inference Protocol, version 2, over a function of a data frame.

    `form` is how it writes probabilities: "pairs" of no and yes, flattened; "single" for the yes
    alone; "nested" for a list a row.
    """

    path = "/v2/models/loans/infer"

    def __init__(self, predict, columns, token=None):
        super().__init__(token)
        self.predict, self.columns, self.form = predict, columns, "pairs"

    @staticmethod
    def count(question):
        return question["inputs"][0]["shape"][0]

    def answer(self, question):
        tensors = {tensor["name"]: tensor for tensor in question["inputs"]}
        if set(tensors) != set(self.columns):
            return 400, {"error": f"the inputs are {sorted(tensors)}"}
        rows = self.count(question)
        for tensor in tensors.values():
            types = {"FP64": (int, float), "INT64": (int,), "BOOL": (bool,), "BYTES": (str,)}
            allowed = types.get(tensor["datatype"], ())
            if tensor["shape"] != [rows] or len(tensor["data"]) != rows:
                return 400, {"error": f"{tensor['name']} is not of {rows} rows"}
            if not all(value is None or isinstance(value, allowed) for value in tensor["data"]):
                return 400, {"error": f"{tensor['name']} holds other than {tensor['datatype']}"}
        frame = pandas.DataFrame({
            name: pandas.Series(tensors[name]["data"], dtype=kind)
            for name, kind in self.columns.items()})
        pairs = self.predict(frame)
        if self.form == "single":
            return 200, self.with_values([float(pair[1]) for pair in pairs])
        if self.form == "nested":
            data = [[float(no), float(yes)] for no, yes in pairs]
        else:
            data = [float(value) for pair in pairs for value in pair]
        return 200, self.output([len(pairs), 2], data)

    @staticmethod
    def values(answer):
        output = answer["outputs"][0]
        if output["shape"][1:] == [2]:
            flat = output["data"]
            return flat[1::2] if not isinstance(flat[0], list) else [pair[1] for pair in flat]
        return output["data"]

    def with_values(self, values):
        return self.output([len(values)], values)

    @staticmethod
    def output(shape, data):
        return {"model_name": "loans", "outputs": [
            {"name": "probability", "shape": shape, "datatype": "FP64", "data": data}]}
