"""Holds run events, a JSON document a line, against OpenLineage's own Python classes.

    lineage_check.py FILE

Those classes are generated from the official schemas: each event and each facet must have the
members that its class requires, and no other, of the types that it names, under the schema's URL
that it gives. Each run begins once and ends at most once. The status is 1 where anything differs.
"""

import enum
import json
import sys
import typing
import urllib.parse

import attr
from openlineage.client import event_v2, facet_v2
from openlineage.client.generated import base

# The key of a facet is the schema's, and not in the generated classes.
FACETS = {
    "run": {
        "nominalTime": facet_v2.nominal_time_run.NominalTimeRunFacet,
        "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet,
        "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
    },
    "job": {
        "jobType": facet_v2.job_type_job.JobTypeJobFacet,
        "sql": facet_v2.sql_job.SQLJobFacet,
    },
    "input": {
        "inputStatistics": facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
        "dataQualityMetrics":
            facet_v2.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet,
        "dataQualityAssertions":
            facet_v2.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
    },
    "dataset": {
        "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
        "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
        "lifecycleStateChange":
            facet_v2.lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet,
    },
    "output": {
        "outputStatistics":
            facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    },
}


def fail(text):
    sys.exit(f"lineage: {text}")


def build(cls, value, place):
    """Makes an object of a generated class, which refuses what its schema does."""
    hints = typing.get_type_hints(cls)
    members = {}
    known = {a.name.lstrip("_"): a for a in attr.fields(cls) if a.init}
    for key, member in value.items():
        if key in ("_schemaURL", "schemaURL"):
            continue
        if key.lstrip("_") not in known:
            fail(f"{place} has a member {key} that {cls.__name__} has not")
        hint = hints[known[key.lstrip("_")].name]
        members[known[key.lstrip("_")].alias] = typed(hint, member, f"{place}.{key}")
    try:
        built = cls(**members)
    except (TypeError, ValueError) as error:
        fail(f"{place}: {error}")
    url = value.get("_schemaURL", value.get("schemaURL"))
    if url is not None and url != cls._get_schema():
        fail(f"{place} names the schema {url}, its class {cls._get_schema()}")
    return built


def typed(hint, value, place):
    choices = [c for c in typing.get_args(hint) if c is not type(None)] or [hint]
    if typing.get_origin(hint) in (list, dict):
        choices = [hint]
    for choice in choices:
        origin = typing.get_origin(choice) or choice
        if isinstance(origin, enum.EnumMeta):
            if value in [case.value for case in origin]:
                return origin(value)
            continue
        if attr.has(origin) and isinstance(value, dict):
            return build(origin, value, place)
        if origin is list and isinstance(value, list):
            (item,) = typing.get_args(choice)
            return [typed(item, v, f"{place}[{i}]") for i, v in enumerate(value)]
        if origin is dict and isinstance(value, dict):
            _, item = typing.get_args(choice)
            return {k: v if item is typing.Any else typed(item, v, f"{place}.{k}")
                    for k, v in value.items()}
        if origin is float and isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        if isinstance(value, bool) and origin is not bool:
            continue
        if isinstance(origin, type) and isinstance(value, origin):
            return value
    return fail(f"{place} is {value!r}, and not {hint}")


def facets(kind, values, place):
    for key, value in values.items():
        if key not in FACETS[kind]:
            fail(f"{place} has the facet {key}, which is none of a {kind}")
        if not urllib.parse.urlparse(value.get("_producer", "")).scheme:
            fail(f"{place}.{key} has no producer")
        if "_schemaURL" not in value:
            fail(f"{place}.{key} has no schema")
        build(FACETS[kind][key], value, f"{place}.{key}")


def check(event, place):
    unknown = set(event) - {a.name for a in attr.fields(event_v2.RunEvent)}
    if unknown:
        fail(f"{place} has the members {unknown}")
    for key in ("eventTime", "producer", "schemaURL", "run", "job"):
        if key not in event:
            fail(f"{place} has no {key}")
    if event["schemaURL"] != base.RunEvent._get_schema():
        fail(f"{place} names the schema {event['schemaURL']}")
    if not urllib.parse.urlparse(event["producer"]).scheme:
        fail(f"{place} has no producer")
    facets("run", event["run"].get("facets", {}), f"{place} run")
    facets("job", event["job"].get("facets", {}), f"{place} job")
    for dataset in event["inputs"]:
        facets("input", dataset.get("inputFacets", {}), f"{place} input")
        facets("dataset", dataset.get("facets", {}), f"{place} input")
    for dataset in event["outputs"]:
        facets("output", dataset.get("outputFacets", {}), f"{place} output")
        facets("dataset", dataset.get("facets", {}), f"{place} output")

    def bare(cls, value):
        members = {k: v for k, v in value.items() if not k.lower().endswith("facets")}
        return build(cls, members, place)

    event_v2.RunEvent(
        eventType=event_v2.RunState(event["eventType"]), eventTime=event["eventTime"],
        run=bare(base.Run, event["run"]), job=bare(base.Job, event["job"]),
        inputs=[bare(base.InputDataset, d) for d in event["inputs"]],
        outputs=[bare(base.OutputDataset, d) for d in event["outputs"]],
        producer=event["producer"])


def main():
    states = {}
    count = 0
    with open(sys.argv[1], encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            event = json.loads(line)
            check(event, f"line {number}")
            states.setdefault(event["run"]["runId"], []).append(event["eventType"])
            count += 1
    for run, types in states.items():
        if types[:1] != ["START"] or types[1:] not in ([], ["COMPLETE"], ["FAIL"], ["ABORT"]):
            fail(f"the run {run} is {types}")
    if not count:
        fail("there is no event")
    print(f"lineage: {count} events of {len(states)} runs are what OpenLineage's classes take")


if __name__ == "__main__":
    main()
