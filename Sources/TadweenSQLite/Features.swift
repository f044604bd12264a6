// A misspelt upcoming feature is ignored in silence; this file makes it an error.
#if !hasFeature(ExistentialAny)
  #error("ExistentialAny is off")
#endif
#if !hasFeature(MemberImportVisibility)
  #error("MemberImportVisibility is off")
#endif
#if !hasFeature(InternalImportsByDefault)
  #error("InternalImportsByDefault is off")
#endif
#if !hasFeature(NonisolatedNonsendingByDefault)
  #error("NonisolatedNonsendingByDefault is off")
#endif
#if !hasFeature(InferIsolatedConformances)
  #error("InferIsolatedConformances is off")
#endif
