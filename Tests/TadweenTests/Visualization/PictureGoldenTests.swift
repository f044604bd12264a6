import Testing

@testable import Tadween

@Suite("The texts of a picture, word for word")
struct PictureGoldenTests {
  let picture: GraphPicture

  init() throws { picture = GraphPicture(of: try Gallery.small(), name: "Small & \"good\"") }

  @Test("DOT")
  func dot() {
    let expected = #"""
      digraph workflow {
        graph [rankdir=LR, bgcolor="white", pad=0.3, nodesep=0.35, ranksep=0.55, \#
      fontname="Helvetica,Arial,sans-serif"]
        graph [fontsize=20, fontcolor="#1B2733", labelloc=t, labeljust=l, tooltip=" "]
        node [shape=box, style="rounded,filled", penwidth=1.3, margin="0.16,0.09", height=0.5]
        node [fontname="Helvetica,Arial,sans-serif", fontsize=14, fontcolor="#1B2733"]
        edge [fontname="Helvetica,Arial,sans-serif", fontsize=12, penwidth=1.3, arrowsize=0.8]
        edge [color="#44515E", fontcolor="#52606D"]
        label=<<B>Small &amp; &quot;good&quot;</B><BR ALIGN="LEFT"/>>
        s0 [label=<<B>split</B><BR/><FONT POINT-SIZE="12" COLOR="#00806F">entry</FONT>>, fillcolor="#D7F0EA", \#
      color="#00806F", tooltip="split"]
        s2 [label=<<B>book</B>>, fillcolor="#FFFFFF", color="#7B8794", tooltip="book"]
        s3 [label=<<B>print</B>>, fillcolor="#FFFFFF", color="#7B8794", tooltip="print"]
        s4 [label=<<B>archive</B><BR/><FONT POINT-SIZE="12" COLOR="#44515E">sink</FONT>>, fillcolor="#ECEFF2", \#
      color="#44515E", peripheries=2, tooltip="archive"]
        s5 [label=<<B>alert</B><BR/><FONT POINT-SIZE="12" COLOR="#3367B5">join · waits for all \#
      2</FONT><BR/><FONT POINT-SIZE="12" COLOR="#3367B5">sink</FONT>>, fillcolor="#E3ECFA", color="#3367B5", \#
      peripheries=2, tooltip="alert"]
        c0 [label="choice", shape=diamond, style=filled, fillcolor="#FFF0D9", color="#B35900", fontsize=12, \#
      margin=0.02, tooltip="choice"]
        subgraph cluster_m0 {
          graph [label=<<FONT COLOR="#0067A5">for each item of <B>split</B></FONT>>, style="rounded,filled", \#
      margin=14]
          graph [fillcolor="#F3F8FC", color="#9DBBD3", fontsize=12, penwidth=1]
          s1 [label=<<B>say &quot;hi&quot;</B>>, fillcolor="#FFFFFF", color="#7B8794", tooltip="say \"hi\""]
        }
        s0 -> s1 [label="each item", color="#0067A5", fontcolor="#0067A5", penwidth=2, arrowhead=normalnormal]
        s1 -> s2 [label="gather all", color="#0067A5", fontcolor="#0067A5", penwidth=2, dir=both, \#
      arrowtail=inv]
        s2 -> c0
        c0 -> s3 [label="arm 1", color="#B35900", fontcolor="#B35900"]
        c0 -> s4 [label="otherwise", color="#B35900", fontcolor="#B35900"]
        s3 -> s5 [label="when · if taken", color="#B35900", fontcolor="#B35900", dir=both, arrowtail=odiamond, \#
      arrowhead=onormal]
        s4 -> s5 [label="on failure · outcome", color="#CC3311", fontcolor="#CC3311", style=dashed, \#
      arrowhead=odot]
      }

      """#
    #expect(picture.dot == expected)
  }

  @Test("Mermaid")
  func mermaid() {
    let expected = #"""
      ---
      title: "Small \x26 \x22good\x22"
      ---
      flowchart LR
        s0(["<b>split</b><br/>entry"])
        s2("<b>book</b>")
        s3("<b>print</b>")
        s4[["<b>archive</b><br/>sink"]]
        s5{{"<b>alert</b><br/>join · waits for all 2<br/>sink"}}
        c0{"choice"}
        subgraph m0["for each item of <b>split</b>"]
          direction LR
          s1("<b>say #34;hi#34;</b>")
        end
        s0 ==>|"each item"| s1
        s1 ==>|"gather all"| s2
        s2 --> c0
        c0 -->|"arm 1"| s3
        c0 -->|"otherwise"| s4
        s3 -.->|"when · if taken"| s5
        s4 -.->|"on failure · outcome"| s5
        classDef default fill:#FFFFFF,stroke:#7B8794,color:#1B2733
        classDef entry fill:#D7F0EA,stroke:#00806F,color:#1B2733
        class s0 entry
        classDef join fill:#E3ECFA,stroke:#3367B5,color:#1B2733
        class s5 join
        classDef sink fill:#ECEFF2,stroke:#44515E,color:#1B2733
        class s4 sink
        classDef choice fill:#FFF0D9,stroke:#B35900,color:#1B2733
        class c0 choice
        style m0 fill:#F3F8FC,stroke:#9DBBD3,color:#1B2733
        linkStyle 6 stroke:#CC3311,color:#CC3311,stroke-dasharray:7 5
        linkStyle 0,1 stroke:#0067A5,color:#0067A5
        linkStyle 3,4,5 stroke:#B35900,color:#B35900

      """#
    #expect(picture.mermaid == expected)
  }
}
