"""Gates the training data, fits the model, and announces the **candidate**.

*When*: by its timetable, when `monitor` asks for retraining, or by hand with a date (`as_of`) and a training `window`.

*When it fails*: `gate` red at the first try means that the data was refused; its log names each expectation and its
link **Report** shows the rows: mend the source or the suite, then clear the task. `train` red at once means a mistake
in the model file or the squad's code; red after retries means a fault of the platform. Until then the champion stays.
"""

from toile_airflow.discovery import stage_dags
from toile_airflow.factories.train import build_train_dag

globals().update(stage_dags("train", build_train_dag, __doc__))
