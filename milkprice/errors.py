"""Every error this package raises on purpose, in one tree.

    MilkpriceError
    ├── SettingError                  an option that means nothing here
    ├── SourceError                   the raw files cannot be had
    │   ├── SourceFileMissingError
    │   ├── SourceChangedError
    │   ├── SourceChecksumError
    │   ├── SourceDownloadError
    │   └── DataFaultError
    ├── TableError                    a file or table breaks its definition
    │   ├── TableMissingError
    │   ├── EncodingError
    │   ├── EmptyTableError
    │   ├── TableFormatError
    │   ├── ColumnsError
    │   ├── CellError
    │   ├── MonthError
    │   └── MissingMonthsError
    ├── TrainingError                 nothing can be learnt from these rows
    │   └── HistoryTooShortError
    ├── ForecastError                 a forecast that there is not
    │   ├── MonthOutOfReachError
    │   └── NoForecastsError
    ├── BatchError                    predictions of many rows at once
    │   ├── BatchInputError
    │   ├── BatchFileError
    │   ├── BatchColumnsError
    │   ├── BatchChangedError
    │   └── BatchUnfinishedError
    ├── PipelineError                 a run of a pipeline
    │   ├── PipelineStepError
    │   ├── PipelineParameterError
    │   ├── PipelineUnknownError
    │   └── KubeflowError
    ├── StoreError                    the object store
    │   ├── KeyNotFoundError
    │   ├── KeyExistsError
    │   ├── KeyChangedError
    │   ├── BucketNotFoundError
    │   ├── StoreDeniedError
    │   ├── StoreUnreachableError
    │   ├── StoreBusyError
    │   ├── StoreReadOnlyError
    │   └── StoreFailedError
    ├── BundleError                   a model folder that must not be loaded
    │   ├── BundleIncompleteError
    │   ├── BundleChecksumError
    │   ├── BundleFormatError
    │   ├── ModelFormatError
    │   ├── LibraryVersionError
    │   ├── BundleCodeError
    │   ├── BundleTooLargeError
    │   ├── BundleSizeError
    │   ├── BundleUnsignedError
    │   ├── BundleSignatureError
    │   ├── BundleTypesError
    │   └── SkopsMissingError
    ├── SigningKeyError               a key that bundles are signed or verified by
    ├── RegistryError                 names, versions and aliases
    │   ├── ModelNotFoundError
    │   ├── VersionNotFoundError
    │   ├── VersionConflictError
    │   ├── AliasNotFoundError
    │   ├── AliasMovedError
    │   ├── AliasFormatError
    │   └── VersionRetiredError
    └── ClusterError                  Kubernetes and what runs on it
        ├── ClusterClientMissingError
        ├── ClusterUnknownError
        ├── ClusterUnreachableError
        ├── ClusterDeniedError
        ├── ClusterMissingError
        ├── ClusterConflictError
        ├── ClusterRefusedError
        ├── ClusterFailedError
        ├── ServiceMissingError
        ├── ServiceForeignError
        └── ServiceNotReadyError

Each class takes the facts and writes its own sentence: the value, where it was, what was
expected, what to do. The message is one line, fit for a terminal, a log and an HTTP answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from milkprice.wording import listed


def _visible(name: str) -> str:
    """A name as it is; quoted and escaped where a reader would see nothing of what is wrong."""
    return name if name and name.isprintable() else ascii(name)


class MilkpriceError(Exception):
    """Base of every error this package raises on purpose."""


class SettingError(MilkpriceError):
    """An option has a value that means nothing here."""

    def __init__(self, *, option: str, value: object, expected: str) -> None:
        super().__init__(f"{option} is {value!r}; expected {expected}.")


class SourceError(MilkpriceError):
    """The raw files cannot be had."""


class SourceFileMissingError(SourceError):
    """A source lacks one of the three files."""

    def __init__(self, *, file: str, source: str) -> None:
        super().__init__(
            f"{source} has no {file}; a source is a folder or s3:// prefix with all three raw "
            "files, or the word 'sample' or 'challenge'."
        )


class SourceChangedError(SourceError):
    """A source's files are others than a run began with."""

    def __init__(self, *, source: str, expected: str, found: str) -> None:
        super().__init__(
            f"the files of {source} changed while the run read them: they were {expected[:12]} "
            f"and are {found[:12]} now. Run again; nothing was kept."
        )


class SourceChecksumError(SourceError):
    """A downloaded file is not the file that was pinned."""

    def __init__(self, *, file: str, origin: str, expected: str, found: str) -> None:
        super().__init__(
            f"{file} from {origin} has SHA-256 {found}, expected {expected}; nothing was kept. "
            "A proxy may have altered it: fetch again, or put the file into a folder by hand and "
            "use that folder as the source."
        )


class SourceDownloadError(SourceError):
    """A file could not be downloaded."""

    def __init__(self, *, file: str, origin: str, reason: str) -> None:
        super().__init__(
            f"{file} could not be downloaded from {origin} ({reason}); nothing was kept. "
            "Check the network, or use --source sample, which needs none."
        )


class DataFaultError(SourceError):
    """The raw files are read, and nothing may be learnt from them."""

    def __init__(self, *, faults: Sequence[str]) -> None:
        super().__init__(
            f"Nothing is learnt from this source: {'; '.join(faults)}. Mend the source; if it is "
            "right as it is, go on with --force (gate=always), or under another name."
        )


class TableError(MilkpriceError):
    """A file or table breaks its definition."""


class TableMissingError(TableError):
    """A table of an earlier step is not there."""

    def __init__(self, *, file: str) -> None:
        super().__init__(f"There is no {file}; run the step that makes it, or give its path.")


class EncodingError(TableError):
    """A file is not UTF-8."""

    def __init__(self, *, file: str, byte: int, offset: int) -> None:
        super().__init__(
            f"{file} is not UTF-8: byte 0x{byte:02x} at offset {offset}. "
            "Save it as UTF-8 and try again."
        )


class EmptyTableError(TableError):
    """A file has no rows."""

    def __init__(self, *, file: str) -> None:
        super().__init__(f"{file} is empty; expected a header line and one row a month.")


class TableFormatError(TableError):
    """A file is no CSV."""

    def __init__(self, *, file: str, reason: str) -> None:
        super().__init__(f"{file} cannot be read as CSV: {reason}.")


class ColumnsError(TableError):
    """A file has other columns than its definition."""

    def __init__(
        self,
        *,
        file: str,
        missing: Sequence[str],
        unknown: Sequence[str] = (),
        repeated: Sequence[str] = (),
        expected: Sequence[str] = (),
    ) -> None:
        parts = [f"lacks {listed(missing)}"] if missing else []
        parts += [f"has unknown {listed(map(_visible, unknown))}"] if unknown else []
        parts += [f"has more than one {listed(map(_visible, repeated))}"] if repeated else []
        wanted = f"; expected {listed(expected, limit=10)}, each once" if expected else ""
        super().__init__(f"{file} has the wrong columns: it {' and '.join(parts)}{wanted}.")


class CellError(TableError):
    """A cell cannot be what its column says it is."""

    def __init__(self, *, file: str, row: int, column: str, value: object, expected: str) -> None:
        super().__init__(f"{file}, row {row}, column {column}: {value!r}; expected {expected}.")


class MonthError(TableError):
    """A row's month cannot stand where it stands."""

    def __init__(self, *, file: str, row: int, month: object, reason: str) -> None:
        super().__init__(f"{file}, row {row}: month {month} {reason}.")


class MissingMonthsError(TableError):
    """A monthly table has holes."""

    def __init__(self, *, file: str, months: Iterable[object], first: object, last: object) -> None:
        super().__init__(
            f"{file} has no row for {listed(months)}; expected every month from {first} to {last}."
        )


class TrainingError(MilkpriceError):
    """Nothing can be learnt from these rows."""


class HistoryTooShortError(TrainingError):
    """A forecaster that needs more months than there are, or figures that are not out yet."""

    def __init__(self, *, forecaster: str, needed: str, found: str) -> None:
        super().__init__(f"{forecaster} needs {needed}; there are {found}.")


class ForecastError(MilkpriceError):
    """A forecast that there is not."""


class MonthOutOfReachError(ForecastError):
    """A month that is too far ahead, too long ago, or no month."""

    def __init__(self, *, wanted: str, reason: str) -> None:
        super().__init__(f"There is no forecast of {wanted}: {reason}.")


class NoForecastsError(ForecastError):
    """A model that was published without forecasts by month."""

    def __init__(self, *, model: str) -> None:
        super().__init__(
            f"{model} brings no forecasts by month; it answers for rows of features. "
            "Train it again to have them."
        )


class BatchError(MilkpriceError):
    """Many rows that cannot be predicted."""


class BatchInputError(BatchError):
    """There are no rows to predict."""

    def __init__(self, *, place: str, suffixes: Sequence[str]) -> None:
        super().__init__(
            f"{place} holds no {' or '.join(suffixes)} file; the input is such a file, or a folder "
            "or s3:// prefix with some."
        )


class BatchFileError(BatchError):
    """A file of the input cannot be read."""

    def __init__(self, *, file: str, reason: str) -> None:
        super().__init__(f"{file} cannot be read: {' '.join(reason.split()).rstrip('.')}.")


class BatchColumnsError(BatchError):
    """A file of the input lacks columns that are needed, or leaves open which one is meant."""

    def __init__(
        self, *, file: str, missing: Sequence[str], repeated: Sequence[str], known: Sequence[str]
    ) -> None:
        faults = [
            *([f"lacks {listed(missing)}"] if missing else []),
            *([f"has more than one column for {listed(repeated)}"] if repeated else []),
        ]
        super().__init__(f"{file} {' and '.join(faults)}; its columns are {listed(known)}.")


class BatchChangedError(BatchError):
    """A file of the input is another one than was planned with."""

    def __init__(self, *, file: str) -> None:
        super().__init__(f"{file} changed or went away after the work was planned; run it again.")


class BatchUnfinishedError(BatchError):
    """Shards that should be finished are not."""

    def __init__(self, *, output: str, shards: Sequence[str]) -> None:
        super().__init__(
            f"{output} lacks the predictions of {listed(shards)}; run the same again, which does "
            "what is unfinished and no more."
        )


class PipelineError(MilkpriceError):
    """A run of a pipeline."""


class PipelineStepError(PipelineError):
    """A step of a pipeline failed, and the run with it."""

    def __init__(self, *, pipeline: str, step: str, reason: str, log: str) -> None:
        super().__init__(f"{pipeline} failed in its step {step}: {reason} The whole log: {log}")


class PipelineParameterError(PipelineError):
    """A pipeline has no such parameter, or not of this kind."""

    def __init__(self, *, pipeline: str, parameter: str, expected: str) -> None:
        super().__init__(f"{pipeline}, parameter {parameter}: expected {expected}.")


class PipelineUnknownError(PipelineError):
    """Kubeflow has no such pipeline or run."""

    def __init__(self, *, kind: str, name: str, remedy: str) -> None:
        super().__init__(f"Kubeflow has no {kind} {name!r}; {remedy}.")


class KubeflowError(PipelineError):
    """Kubeflow did not do what was asked."""

    def __init__(self, *, endpoint: str, reason: str) -> None:
        super().__init__(
            f"Kubeflow Pipelines at {endpoint}: {reason}. Check that it runs, and that --endpoint "
            "or KF_PIPELINES_ENDPOINT points at it."
        )


class StoreError(MilkpriceError):
    """The object store did not do what was asked."""


class KeyNotFoundError(StoreError):
    """No object has this key."""

    def __init__(self, *, store: str, key: str) -> None:
        super().__init__(f"{store} has no object {key}.")


class KeyExistsError(StoreError):
    """An object with this key is there already and must not be overwritten."""

    def __init__(self, *, store: str, key: str) -> None:
        super().__init__(f"{store} already has an object {key}, which is never overwritten.")


class KeyChangedError(StoreError):
    """An object changed between reading and replacing it."""

    def __init__(self, *, store: str, key: str) -> None:
        super().__init__(f"{store}: object {key} was changed by someone else; read it again.")


class BucketNotFoundError(StoreError):
    """The bucket is not there."""

    def __init__(self, *, store: str, bucket: str) -> None:
        super().__init__(f"{store}: there is no bucket {bucket!r}; create it, or correct the name.")


class StoreDeniedError(StoreError):
    """The store refused these credentials."""

    def __init__(self, *, store: str, operation: str, key: str) -> None:
        remedy = (
            "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of that user"
            if store.startswith("s3://")
            else "check the rights of this user there"
        )
        super().__init__(f"{store} refused to {operation} {key or 'the prefix'}; {remedy}.")


class StoreUnreachableError(StoreError):
    """The store did not answer."""

    def __init__(self, *, store: str, operation: str, key: str, reason: str) -> None:
        remedy = (
            "check that it runs and that AWS_ENDPOINT_URL points at it"
            if store.startswith("s3://")
            else "check the address and the network"
        )
        super().__init__(
            f"{store} could not be reached to {operation} {key or 'the prefix'} ({reason}); "
            f"{remedy}."
        )


class StoreBusyError(StoreError):
    """Another process holds the lock of a folder for too long."""

    def __init__(self, *, store: str, key: str, lock: str) -> None:
        super().__init__(
            f"{store} stays locked, so {key} was not replaced; look for a stopped process that "
            f"holds {lock}."
        )


class StoreReadOnlyError(StoreError):
    """A web address can be read key by key and nothing else."""

    def __init__(self, *, store: str, operation: str, key: str) -> None:
        super().__init__(
            f"{store} cannot {operation} {key or 'the prefix'}: a web address is only read, key "
            "by key. Use a folder or s3://bucket/prefix."
        )


class StoreFailedError(StoreError):
    """The store answered with a fault that has no class of its own."""

    def __init__(self, *, store: str, operation: str, key: str, reason: str) -> None:
        super().__init__(f"{store} failed to {operation} {key or 'the prefix'}: {reason}.")


class BundleError(MilkpriceError):
    """A model folder that must not be loaded."""


class BundleIncompleteError(BundleError):
    """A bundle lacks one of its files."""

    def __init__(self, *, bundle: str, file: str) -> None:
        super().__init__(f"{bundle} has no {file}; a bundle is model.json and the files it lists.")


class BundleChecksumError(BundleError):
    """A file of a bundle is not the one that was packed."""

    def __init__(self, *, bundle: str, file: str, expected: str, found: str) -> None:
        super().__init__(
            f"{bundle}: {file} has SHA-256 {found}, its model.json says {expected}; it was "
            "altered or damaged and is not loaded. Publish the model again."
        )


class BundleFormatError(BundleError):
    """A sidecar that cannot be understood."""

    def __init__(self, *, bundle: str, reason: str) -> None:
        super().__init__(f"{bundle}: model.json {reason}.")


class ModelFormatError(BundleError):
    """A model that cannot be had as plain arrays.

    Attributes:
        reason: What is wrong, for whoever knows better which model it is.
    """

    def __init__(self, *, model: str, reason: str) -> None:
        super().__init__(f"{model} {reason}.")
        self.reason = reason


class LibraryVersionError(BundleError):
    """A model was packed with a library that does not read back here."""

    def __init__(
        self, *, bundle: str, library: str, packed: str, installed: str, same: str
    ) -> None:
        super().__init__(
            f"{bundle} was packed with {library} {packed}, installed is {installed}; models are "
            f"only loaded by the same {same} release. Install {library} {packed} or train again."
        )


class BundleCodeError(BundleError):
    """A model needs code that this installation lacks."""

    def __init__(self, *, bundle: str, packed: str, reason: str) -> None:
        super().__init__(
            f"{bundle} needs code that is not here ({reason}); it was packed by milkprice "
            f"{packed}. Install that or train again."
        )


class BundleTooLargeError(BundleError):
    """A bundle, or a file of it, is larger than any model of ours."""

    def __init__(
        self, *, bundle: str, file: str, size: int, limit: int, unit: str = "bytes"
    ) -> None:
        super().__init__(
            f"{bundle}: {file} has {size:,} {unit}, at most {limit:,} are read; it is not loaded."
        )


class BundleSizeError(BundleError):
    """A file of a bundle is longer or shorter than the one that was packed."""

    def __init__(self, *, bundle: str, file: str, expected: int, found: int) -> None:
        super().__init__(
            f"{bundle}: {file} has {found:,} bytes, its model.json says {expected:,}; it was "
            "altered or cut off and is not loaded. Publish the model again."
        )


class BundleUnsignedError(BundleError):
    """A bundle without a signature, where one is asked for."""

    def __init__(self, *, bundle: str) -> None:
        super().__init__(
            f"{bundle} has no model.sig, and only signed models are loaded here. Publish it with "
            "--signing-key, or sign it by milkprice models sign."
        )


class BundleSignatureError(BundleError):
    """A signature that is not one of ours over this bundle."""

    def __init__(self, *, bundle: str, reason: str) -> None:
        super().__init__(f"{bundle}: model.sig {reason}; the model is not loaded.")


class BundleTypesError(BundleError):
    """A model that holds types which no model of ours has."""

    def __init__(self, *, bundle: str, file: str, types: Sequence[str]) -> None:
        super().__init__(
            f"{bundle}: {file} holds types that are not trusted: {listed(map(_visible, types))}; "
            "none of it was loaded."
        )


class SkopsMissingError(BundleError):
    """skops is asked for, and not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Models without a pickle need the package skops, which is not installed; "
            "pip install 'milkprice[skops]'."
        )


class SigningKeyError(MilkpriceError):
    """A key that bundles are signed or verified by cannot be used. What it holds is never told."""

    def __init__(self, *, place: str, reason: str) -> None:
        super().__init__(f"{place} {reason}; milkprice models keys makes a pair.")


class RegistryError(MilkpriceError):
    """Names, versions and aliases of published models."""


class ModelNotFoundError(RegistryError):
    """No model of this name was published."""

    def __init__(self, *, registry: str, name: str, known: Sequence[str]) -> None:
        there = f"it has {listed(known)}" if known else "it is empty"
        super().__init__(f"{registry} has no model {name!r}; {there}.")


class VersionNotFoundError(RegistryError):
    """A model has no such version."""

    def __init__(self, *, name: str, version: str, known: Sequence[str]) -> None:
        newest = f"its newest are {listed(known[-3:])}" if known else "it has none"
        super().__init__(f"Model {name!r} has no version {version!r}; {newest}.")


class VersionConflictError(RegistryError):
    """Two different bundles claim one version."""

    def __init__(self, *, name: str, version: str, file: str) -> None:
        super().__init__(
            f"Model {name!r} version {version} already holds another {file}; versions are "
            "immutable. Train again to get a new version."
        )


class AliasNotFoundError(RegistryError):
    """A model has no such alias."""

    def __init__(self, *, name: str, alias: str, known: Sequence[str]) -> None:
        there = f"it has {listed(known)}" if known else "it has none yet"
        super().__init__(f"Model {name!r} has no alias {alias!r}; {there}.")


class AliasMovedError(RegistryError):
    """An alias moved between a decision about it and the deed."""

    def __init__(self, *, name: str, alias: str, seen: str | None, now: str | None) -> None:
        super().__init__(
            f"Model {name!r}: alias {alias!r} moved from {seen} to {now} meanwhile and was "
            "left there; look at it again and decide anew."
        )


class AliasFormatError(RegistryError):
    """The aliases of a model cannot be understood."""

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(f"Model {name!r}: aliases.json {reason}.")


class VersionRetiredError(RegistryError):
    """A version was taken out and is being deleted."""

    def __init__(self, *, name: str, version: str) -> None:
        super().__init__(
            f"Model {name!r} version {version} was pruned: it is neither loaded nor promoted any "
            "more. Choose another version or train again."
        )


class ClusterError(MilkpriceError):
    """Kubernetes, or what runs on it, did not do what was asked."""


class ClusterClientMissingError(ClusterError):
    """The client of Kubernetes is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Talking to a cluster needs the package kubernetes, which is not installed; "
            "pip install 'milkprice[cluster]'."
        )


class ClusterUnknownError(ClusterError):
    """Nothing says where the cluster is, or who asks."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"No Kubernetes cluster is known here ({reason}); name one by --kubeconfig, --context "
            "or KUBECONFIG."
        )


class ClusterUnreachableError(ClusterError):
    """The cluster did not answer."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} could not be reached to {operation} ({reason}); check that it "
            "runs, and that KUBECONFIG points at it."
        )


class ClusterDeniedError(ClusterError):
    """The cluster does not know this user, or does not let it do this."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} does not let this user {operation}: {reason}; check its "
            "credentials, and the Role and RoleBinding in that namespace."
        )


class ClusterMissingError(ClusterError):
    """The cluster has no such thing."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} could not {operation}: {reason}; check that the namespace is "
            "there and that KServe is installed."
        )


class ClusterConflictError(ClusterError):
    """Something changed between reading and writing it."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} could not {operation}: {reason}; somebody else changes it at "
            "the same time, so look at it and try again."
        )


class ClusterRefusedError(ClusterError):
    """The cluster, or a webhook of it, does not accept what it was given."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(f"Kubernetes at {server} refused to {operation}: {reason}.")


class ClusterFailedError(ClusterError):
    """The cluster answered with a fault of its own."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} failed to {operation}: {reason}; if it names a webhook, wait "
            "until the controller behind it is ready, then try again."
        )


class ServiceMissingError(ClusterError):
    """There is no InferenceService to change, and nothing to make one of."""

    def __init__(self, *, service: str, namespace: str) -> None:
        super().__init__(
            f"There is no InferenceService {service} in {namespace}, and no image to make one of; "
            "apply the manifests (make deploy), or give --image."
        )


class ServiceForeignError(ClusterError):
    """An InferenceService runs something else under this name."""

    def __init__(self, *, service: str, namespace: str, container: str, variable: str) -> None:
        super().__init__(
            f"InferenceService {service} in {namespace} has no container {container} with a plain "
            f"{variable}, so it is left as it is; deploy under another --service."
        )


class ServiceNotReadyError(ClusterError):
    """An InferenceService does not come to serve what it was told to."""

    def __init__(
        self, *, service: str, namespace: str, seconds: float, reason: str, remedy: str
    ) -> None:
        super().__init__(
            f"InferenceService {service} in {namespace} is not ready after {seconds:.0f} s: "
            f"{reason}. To do: {remedy}."
        )
