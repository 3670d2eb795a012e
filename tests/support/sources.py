"""A source of models that does what the test says."""


class ScriptedSource:
    """Means the last bundle it was given; fails with what it was told to."""

    def __init__(self, *bundles):
        self.bundles = {bundle.sidecar.version: bundle for bundle in bundles}
        self.meant = bundles[-1].sidecar.version if bundles else None
        self.fault = None
        self.fetched = []

    def find_version(self):
        if self.fault and not self.bundles:
            raise self.fault
        return self.meant

    def fetch(self, version):
        self.fetched.append(version)
        if self.fault:
            raise self.fault
        return self.bundles[version]

    def means(self, bundle):
        self.bundles[bundle.sidecar.version] = bundle
        self.meant = bundle.sidecar.version
