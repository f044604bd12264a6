internal import Tracing

/// Puts a trace's context into the metadata of a run, where a broker keeps it.
struct MetadataInjector: Injector {
  func inject(_ value: String, forKey key: String, into metadata: inout Metadata) {
    metadata[MetadataKey(key)] = value
  }
}

/// Finds it there again.
struct MetadataExtractor: Extractor {
  func extract(key: String, from metadata: Metadata) -> String? { metadata[MetadataKey(key)] }
}
