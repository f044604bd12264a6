@_exported public import Tadween
