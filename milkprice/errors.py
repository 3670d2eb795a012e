"""The base of every error this package raises on purpose, and the tree by rooms.

    milkprice/errors.py
        MilkpriceError: SettingError
    milkprice/registry/errors.py
        StoreError: KeyNotFoundError, KeyExistsError, KeyChangedError, BucketNotFoundError,
            StoreDeniedError, StoreUnreachableError, StoreLockedError, StoreReadOnlyError,
            StoreFailedError, StoreCertificateError, StoreProtocolError, StoreVariableError,
            StoreConditionError
        BundleError: BundleIncompleteError, BundleChecksumError, BundleFormatError,
            ModelFormatError, LibraryVersionError, BundleCodeError, BundleTooLargeError,
            BundleSizeError, BundleUnsignedError, BundleSignatureError, BundleTypesError,
            SkopsMissingError
        RegistryError: ModelNotFoundError, VersionNotFoundError, VersionConflictError,
            AliasNotFoundError, AliasMovedError, AliasFormatError, AliasUnsignedError,
            AliasSignatureError, AliasReplayError, AliasKeyError, VersionRetiredError
        SigningKeyError
    milkprice/data/errors.py
        SourceError: SourceMissingError, SourceFileMissingError, SeriesNamesError,
            SeriesFailedError, SourceChangedError, SourceChecksumError, SourceDownloadError,
            DataCheckError
        TableError: TableMissingError, EncodingError, EmptyTableError, TableFormatError,
            ColumnsError, ColumnChoiceError, CellError, DecimalMarkError, MonthError,
            MissingMonthsError, ConstantPriceError, FeatureError
    milkprice/training/errors.py
        TrainingError
    milkprice/forecasting/errors.py
        ForecastError: MonthOutOfRangeError, NoMonthlyForecastsError, HistoryTooShortError
    milkprice/batch/errors.py
        BatchError: BatchInputError, BatchFileError, BatchDecimalsError, BatchTableError,
            BatchColumnsError, BatchChangedError, BatchUnfinishedError
    milkprice/cluster/errors.py
        ClusterError: ClusterClientMissingError, ClusterConfigError, ServiceNotFoundError,
            ServiceMismatchError, CanaryRefusedError, CanaryNotAbortedError,
            RouteNotReadyError
            ServiceNotReadyError: CanaryNotReadyError
            ClusterRequestError: ClusterUnreachableError, ClusterDeniedError,
                ClusterNotFoundError, ClusterConflictError, ClusterRejectedError,
                ClusterServerError

Each class takes the facts and writes its own sentence: the value, where it was, what was
expected, what to do. The message is one line, fit for a terminal, a log and an HTTP answer.
"""

from __future__ import annotations


class MilkpriceError(Exception):
    """Base of every error this package raises on purpose."""


class SettingError(MilkpriceError):
    """An option has an invalid value."""

    def __init__(self, *, option: str, value: object, expected: str) -> None:
        super().__init__(f"{option} is {value!r}; expected {expected}.")
