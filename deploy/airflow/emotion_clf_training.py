"""The training of a speech model as a DAG: each task is one command of `emotion-clf`, and there is no other logic here.

Put this file into the DAGs folder of Airflow 3, and `emotion-clf`, with the extra `train`, onto the workers' PATH.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param, chain

NOT_BETTER = 3
COMMANDS = {
    "ingest": 'emotion-clf corpus check "$CORPUS" "$SOURCE" --out "$ROOT/data/metadata.csv" --tolerate',
    "validate": 'emotion-clf corpus check table "$ROOT/data"',
    "embed": 'emotion-clf embed --data "$ROOT/data" --out "$ROOT/embeddings.npz"',
    "train": 'emotion-clf train "$RECIPE" --data "$ROOT/data" --run "$RUN" --work "$ROOT/work"',
    "evaluate": 'emotion-clf evaluate "$RUN/bundles/$BUNDLE" --data "$TEST_DATA" --report "$RUN/evaluation"',
    "promote": 'emotion-clf publish "$RUN" --models "$MODELS" --reports "$REPORTS" --if-better',
}

with DAG(
    "emotion_clf_training",
    description="Ingest, validate, embed, train, evaluate; promote if better.",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=5)},
    tags=["emotion-clf"],
    params={
        "corpus": Param("ravdess", type="string", description="Layout of the source: emotion-clf corpus list"),
        "source": Param("/data/corpora/RAVDESS", type="string", description="Folder of the recordings"),
        "test_data": Param("/data/corpora/test", type="string", description="Speakers that are never trained on"),
        "recipe": Param("embedded", type="string", description="Name of a recipe, or a YAML file"),
        "bundle": Param("embedded", type="string", description="Name of the recipe's bundle that is evaluated"),
        "root": Param("/data/training", type="string", description="Folder of tables, features and runs"),
        "models": Param("/data/models", type="string", description="MODELS_DIR of the servers"),
        "reports": Param("/data/reports", type="string", description="Scores of what is published"),
    },
) as dag:
    # Values reach the shell as variables, never as part of a command.
    environment = {
        **{name.upper(): f"{{{{ params.{name} }}}}" for name in dag.params},
        "RUN": "{{ params.root }}/runs/{{ run_id }}",
        "INSTANCE_DIR": "{{ params.root }}/instance",
    }
    chain(
        *(
            BashOperator(
                task_id=name,
                bash_command=command,
                env=environment,
                append_env=True,
                skip_on_exit_code=NOT_BETTER if name == "promote" else None,
            )
            for name, command in COMMANDS.items()
        )
    )
