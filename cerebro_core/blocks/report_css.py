"""The report's style sheet: light, dark, print and phone."""

from __future__ import annotations

REPORT_CSS = """
:root{color-scheme:light dark;--page:#f4f6f8;--card:#fff;--ink:#16212c;--muted:#55636f;--line:#dfe4e9;--soft:#eef2f5;
--accent:#0a62a6;--bar:#8dbbe0;--pass:#0b6b41;--pass-bg:#e3f4ea;--warn:#7a4d00;--warn-bg:#fdf0d2;--warn-line:#e2b24a;
--fail:#a3190f;--fail-bg:#fdeae8;--fail-line:#d9483b}
@media (prefers-color-scheme:dark){:root{--page:#0f151b;--card:#18212a;--ink:#e9eef3;--muted:#a5b4c1;--line:#2c3843;
--soft:#202b35;--accent:#7cc0f8;--bar:#3f79a8;--pass:#7fdcae;--pass-bg:#153326;--warn:#f3cb7c;--warn-bg:#33280f;
--warn-line:#8a6a24;--fail:#ffa198;--fail-bg:#3a1916;--fail-line:#c2483e}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);line-height:1.55;font-size:1rem;
font-family:-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",system-ui,sans-serif}
main,header,footer{max-width:64rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}
.what{font-size:1rem;line-height:1.55;font-weight:600;color:var(--muted);margin:0 0 .75rem;max-width:none;
overflow-wrap:anywhere}
.what small{font-size:inherit;font-weight:400}
.answer{font-size:clamp(1.3rem,1.05rem + 1.25vw,1.8rem);line-height:1.32;font-weight:650;letter-spacing:-.012em;
margin:0 0 1rem;max-width:46rem;overflow-wrap:anywhere;text-wrap:pretty}
.rest{font-size:1.08rem;margin:0 0 1.25rem;overflow-wrap:anywhere;text-wrap:pretty}
.unsure{color:var(--muted)}
h2{font-size:1.3rem;line-height:1.25;margin:0 0 .5rem;letter-spacing:-.01em}
h3{font-size:1.02rem;line-height:1.35;margin:2rem 0 .25rem;overflow-wrap:anywhere}
h3 .unit,th .unit{font-weight:400;color:var(--muted)}
p{margin:.35rem 0 .8rem;max-width:46rem}
a{color:var(--accent);overflow-wrap:anywhere}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.6rem 1.75rem;margin:1.25rem 0}
.lead,.caption,.note{color:var(--muted)}
.note,.caption{font-size:.9rem}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.92rem;margin:1rem 0 0}
nav a{text-decoration:none;padding:.2rem 0}
nav a:hover{text-decoration:underline}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:3px}
.alarm{border:1px solid var(--fail-line);border-left-width:6px;background:var(--fail-bg);border-radius:10px;
padding:1rem 1.25rem;margin:0 0 1.5rem}
.alarm strong{color:var(--fail);font-size:1.15rem;display:block}
.alarm ul{margin:.4rem 0 0;padding-left:1.15rem}
.alarm li{overflow-wrap:anywhere}
.mind{border-left:4px solid var(--warn-line);background:var(--warn-bg);border-radius:8px;padding:.6rem 1rem;
margin:0 0 1.25rem;max-width:none}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13.5rem,1fr));gap:.9rem;margin:0 0 1rem;padding:0;
list-style:none}
.cards li{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1rem 1.15rem}
.cards .k{color:var(--muted);font-size:.92rem;overflow-wrap:anywhere}
.cards .v{font-size:1.7rem;font-weight:650;line-height:1.25;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.cards .v small{font-size:.95rem;font-weight:500;color:var(--muted);letter-spacing:0}
.cards .r{font-size:.9rem;color:var(--muted);font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-size:.94rem}
caption{text-align:left;color:var(--muted);padding:0 0 .4rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .7rem;border-bottom:1px solid var(--line);
overflow-wrap:break-word;unicode-bidi:isolate}
thead th{font-size:.84rem;font-weight:600;color:var(--muted);vertical-align:bottom}
th[scope=row]{font-weight:600}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
.scroll th,.scroll td{overflow-wrap:anywhere;max-width:22rem}
.scroll .nw{white-space:nowrap}
.scroll .w{min-width:15rem}
.fold{margin:1.6rem 0 0;border-top:1px solid var(--line);padding-top:.6rem}
.fold+.fold{margin-top:.6rem}
.fold summary{font-size:1.02rem;overflow-wrap:anywhere}
.fold .unit{font-weight:400;color:var(--muted)}
.swipe{display:none}
.hide{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.iv{table-layout:fixed}
.iv th:first-child{width:22%}
.iv .n{width:13%}
.iv .ci{width:24%;white-space:normal}
.iv .p{width:10%}
.iv td,.iv th{vertical-align:middle}
.iv .tc{padding:0 .9rem}
.stack{table-layout:fixed}
.stack thead th:nth-child(1){width:19%}
.stack thead th:nth-child(2){width:27%}
.stack thead th:nth-child(4){width:16%}
.iv tfoot td{border:0}
.tk{position:relative;height:2rem;margin:0 .3rem}
.tk i,.ax i{position:absolute;display:block}
.tk .g{top:-1px;bottom:-1px;width:1px;background:var(--soft)}
.tk .g.zero{background:var(--muted);opacity:.65}
.tk .bar{top:50%;height:.5rem;margin-top:-.25rem;background:var(--bar);border-radius:.25rem;min-width:2px}
.tk .open-l{border-top-left-radius:0;border-bottom-left-radius:0;
-webkit-mask-image:linear-gradient(90deg,#0000,#000 2rem);mask-image:linear-gradient(90deg,#0000,#000 2rem)}
.tk .open-r{border-top-right-radius:0;border-bottom-right-radius:0;
-webkit-mask-image:linear-gradient(270deg,#0000,#000 2rem);mask-image:linear-gradient(270deg,#0000,#000 2rem)}
.tk .mark{top:50%;width:4px;height:1.1rem;margin:-.55rem 0 0 -2px;border-radius:2px;background:var(--accent)}
.ax{position:relative;height:1.3rem;margin:0 .3rem;font-size:.8rem;color:var(--muted);font-variant-numeric:tabular-nums}
.ax i{font-style:normal;transform:translateX(-50%);white-space:nowrap}
.checks,.found,.plain{list-style:none;padding:0;margin:.8rem 0 0}
.checks li,.found li{display:grid;grid-template-columns:7.2rem 1fr;gap:.2rem 1rem;padding:.75rem 0;
border-top:1px solid var(--line)}
.checks p,.found p{margin:0;overflow-wrap:anywhere;unicode-bidi:isolate}
.checks .figures{color:var(--muted);font-size:.87rem;font-variant-numeric:tabular-nums}
.id{color:var(--muted);font-size:.8rem;margin-left:.35rem;overflow-wrap:anywhere}
.badge{display:inline-block;font-size:.82rem;font-weight:650;border-radius:99px;padding:.12rem .7rem;white-space:nowrap}
.pass{color:var(--pass);background:var(--pass-bg)}
.warn,.warning{color:var(--warn);background:var(--warn-bg)}
.fail,.error{color:var(--fail);background:var(--fail-bg)}
.info{color:var(--muted);background:var(--soft)}
figure{margin:1.5rem 0 0;padding:0}
figure:first-of-type{margin-top:.75rem}
.shot{background:#fff;border:1px solid var(--line);border-radius:10px;padding:.6rem;overflow-x:auto}
.shot img{display:block;width:100%;min-width:25rem;height:auto}
figcaption{padding:.55rem 0 0;max-width:46rem;color:var(--muted);font-size:.94rem}
figcaption b{color:var(--ink)}
.hold li{margin:.4rem 0;max-width:46rem;overflow-wrap:anywhere}
.hold{padding-left:1.2rem}
pre,code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.87rem}
pre{background:var(--soft);border-radius:8px;padding:.8rem 1rem;overflow-x:auto;white-space:pre-wrap;
overflow-wrap:anywhere}
summary{cursor:pointer;font-weight:600;padding:.3rem 0}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.3rem 1.2rem;margin:.6rem 0}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere;unicode-bidi:isolate}
footer{color:var(--muted);font-size:.88rem;padding-top:.5rem;padding-bottom:3rem}
@media (max-width:640px){
main,header,footer{padding-left:1rem;padding-right:1rem}
header{padding-top:1.4rem}
section{padding:1.2rem 1.05rem;border-radius:12px}
.cards{grid-template-columns:1fr;gap:.6rem}
.checks li,.found li{grid-template-columns:1fr}
.iv,.iv tbody,.iv tfoot{display:block}
.iv thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.iv tr{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .7rem;padding:.55rem 0 .1rem;
border-bottom:1px solid var(--line)}
.iv th,.iv td{border:0;padding:0}
.iv th[scope=row]{flex:1 1 auto;width:auto;max-width:100%}
.iv .n{font-weight:650}
.iv .n{width:auto}
.iv .ci,.iv .p{font-weight:400;color:var(--muted);font-size:.88rem}
.iv .ci{margin-left:auto;white-space:normal}
.iv .p:not(:empty)::before{content:"p "}
.iv .tc{order:9;flex:1 0 100%;width:100%;padding:0}
.iv tfoot tr{border:0}
.iv tfoot td:not(.tc){display:none}
.tk,.ax{margin:0 .6rem}
.tk{height:1.6rem}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack,.stack tbody{display:block}
.stack tr{display:block;padding:.6rem 0;border-bottom:1px solid var(--line)}
.stack th,.stack td{display:block;border:0;padding:.05rem 0}
.stack td.who{color:var(--muted);font-size:.88rem}
.swipe{display:block}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.5rem}
}
@media print{
:root{--page:#fff;--card:#fff;--ink:#000;--muted:#444;--line:#ccc;--soft:#f1f1f1;--accent:#0a62a6;--bar:#8dbbe0;
--pass:#0b6b41;--pass-bg:#e3f4ea;--warn:#7a4d00;--warn-bg:#fdf0d2;--fail:#a3190f;--fail-bg:#fdeae8}
@page{margin:16mm 14mm}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
html{font-size:10pt}
nav,.swipe{display:none}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
header{padding-top:0}
section{border:0;padding:0;margin:1.6rem 0;border-radius:0}
h2,h3,caption{break-after:avoid}
figure,tr,.checks li,.found li,.alarm,.cards li{break-inside:avoid}
.shot{border:0;padding:0}
.shot img{min-width:0}
.scroll{overflow:visible}
.scroll table{font-size:.8rem}
details::details-content{content-visibility:visible;height:auto}
a{color:inherit}
}
"""
