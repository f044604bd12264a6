@_exported public import TadweenCore
