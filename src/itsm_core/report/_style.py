"""The look of the page: one style sheet, no fonts or images from elsewhere."""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """
:root{color-scheme:light dark;--ground:#f4f3ef;--paper:#fff;--ink:#1b2330;--soft:#566073;
--line:#dcdad2;--kept:#1d7a5a;--broken:#b42318;--counted:#2b62b8;--outside:#868e9e;
--holiday:#8a68b4;--paused:#c08312;--excluded:#12868c;--wash:#eef1f6;--a:#8c2f1b;--b:#c9742b;--c:#3d6cb0;--d:#7f93b6}
@media (prefers-color-scheme:dark){:root{--ground:#0f1217;--paper:#181c23;--ink:#e7eaef;
--soft:#a2acbb;--line:#2d343f;--kept:#2b9069;--broken:#ff7d6e;--counted:#6ba1f4;--outside:#647084;
--holiday:#b697e2;--paused:#e3b14d;--excluded:#3fc1c7;--wash:#202631;--a:#ff8a75;--b:#eaa55c;--c:#79a5e6;--d:#5f7296}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);line-height:1.5;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,header,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.25rem}
h1{font-size:1rem;font-weight:600;margin:0;color:var(--soft);letter-spacing:.01em}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .25rem}
h3{font-size:1rem;margin:0;line-height:1.35}
p{margin:.4rem 0;max-width:46rem}
.lead{font-size:clamp(1.35rem,1rem + 1.9vw,2rem);line-height:1.25;font-weight:600;
margin:.35rem 0 .75rem;max-width:50rem;letter-spacing:-.012em;text-wrap:balance}
.answer{font-size:1.0625rem;line-height:1.4;font-weight:500;margin:.1rem 0 .65rem;
max-width:none;overflow-wrap:anywhere}
a{color:inherit;text-underline-offset:.18em;text-decoration-color:var(--soft)}
.soft{color:var(--soft)}
.below{display:block}
.below,.whole{white-space:nowrap}
section>h3,section>.pair,.pair h3:not(:first-child){margin-top:1.1rem}
.small{font-size:.875rem}
.kept{color:var(--kept)}.broken{color:var(--broken)}
section{scroll-margin-top:1rem;background:var(--paper);border:1px solid var(--line);
border-radius:.75rem;padding:1.35rem 1.5rem;margin:1.1rem 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1.1rem}.pair>section{margin:0}
.keys{display:grid;grid-template-columns:repeat(auto-fit,minmax(13.5rem,1fr));gap:1.1rem;
margin:1.3rem 0 0;padding:0;list-style:none}
.keys li{border-top:3px solid var(--ink);padding-top:.5rem}
.keys b{display:block;font-size:2rem;line-height:1.15;font-variant-numeric:tabular-nums;
letter-spacing:-.02em}
.contents{list-style:none;margin:1.5rem 0 0;padding:0;border-top:1px solid var(--line)}
.contents li{display:grid;grid-template-columns:17.5rem 1fr;gap:0 1.1rem;padding:.5rem 0;
border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.contents a{font-weight:600}
.mark{display:inline-block;border:1.5px solid var(--broken);color:var(--broken);font-weight:600;
font-size:.8125rem;line-height:1.3;border-radius:.3rem;padding:0 .35rem;margin-right:.4rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));
gap:1.5rem 2.2rem;margin:1rem 0}
figure{margin:0;min-width:0}
figcaption p{margin:.1rem 0 .4rem}
.signals{margin:.3rem 0 0;padding-left:1.25rem;font-size:.9375rem}
.signals li{padding-left:.15rem}
.signals li::marker{content:"◆ ";color:var(--broken)}
svg{display:block;max-width:100%;height:auto}
svg text{font-family:inherit}
.scroll{overflow-x:auto;margin:.5rem 0;background:
linear-gradient(90deg,var(--paper) 40%,transparent) 0 0/2rem 100% no-repeat local,
linear-gradient(-90deg,var(--paper) 40%,transparent) 100% 0/2rem 100% no-repeat local,
linear-gradient(90deg,var(--outside),transparent) 0 0/.7rem 100% no-repeat scroll,
linear-gradient(-90deg,var(--outside),transparent) 100% 0/.7rem 100% no-repeat scroll}
.hint{display:none;color:var(--soft);font-size:.875rem}
.cautions{border-left:3px solid var(--paused);margin:.8rem 0;padding:.1rem 0 .1rem .9rem;
list-style:none;max-width:46rem}
svg.strip{width:100%;min-width:40rem}
svg.chart{width:100%}
svg.chart.wide{min-width:44rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.875rem;padding:.25rem 0}
th,td{padding:.36rem .6rem;text-align:right;border-bottom:1px solid var(--line);
vertical-align:top}
th{font-weight:600}
thead th{color:var(--soft);font-size:.8125rem;font-weight:500}
th:first-child,td:first-child,.words td,.words th,.pairs td:last-child,.pairs th:last-child{
text-align:left}
th:first-child,td:first-child{padding-left:0}
tr:last-child>*{border-bottom:0}
details{margin-top:.6rem}
summary{cursor:pointer;color:var(--soft);font-size:.875rem;width:max-content;max-width:100%}
summary:focus-visible,a:focus-visible,.scroll:focus-visible{
outline:2px solid var(--counted);outline-offset:3px;border-radius:2px}
.rates{display:grid;grid-template-columns:minmax(3.5rem,max-content) minmax(6rem,1fr) 3.6rem 17rem;
column-gap:.9rem;row-gap:.3rem;align-items:center;margin:.6rem 0 1.2rem;
font-variant-numeric:tabular-nums}
.rates>*{min-width:0}
.rates svg{width:100%;height:1.5rem}
.rates .n,.rates .d{text-align:right}
.bars{display:grid;grid-template-columns:fit-content(60%) minmax(2rem,1fr) max-content;
column-gap:.8rem;row-gap:.35rem;align-items:center;margin:.8rem 0;font-variant-numeric:tabular-nums}
.bars svg{width:100%;height:1.15rem}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;padding:0;margin:.6rem 0;
font-size:.875rem;color:var(--soft)}
.legend i{display:inline-block;width:.85rem;height:.85rem;border-radius:2px;margin-right:.4rem;
vertical-align:-.08rem}
article{border-top:1px solid var(--line);padding:1.1rem 0 .6rem;break-inside:avoid}
article:first-of-type{border-top:0}
article .soft{margin:.1rem 0 .3rem;max-width:none}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--wash);border-radius:.5rem;
padding:.75rem .9rem;font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,
"DejaVu Sans Mono",monospace;margin:.5rem 0}
h2,h3,summary,.words td,.words th{overflow-wrap:anywhere}
.pairs td:not(:last-child),.told td,.told th{white-space:nowrap}
.told td:nth-child(-n+4),.told th:nth-child(-n+4){text-align:left}
footer{color:var(--soft);font-size:.875rem;padding-bottom:2.5rem}
@media (max-width:44rem){.pair{grid-template-columns:1fr}section{padding:1.1rem 1rem}
main,header,footer{padding-left:.8rem;padding-right:.8rem}
.contents li{grid-template-columns:1fr}
.rates{grid-template-columns:max-content 1fr 3.4rem}.rates .d{grid-column:2/-1;
text-align:left;margin:-.4rem 0 .3rem}.hint{display:block}
.words thead,.pairs thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;
overflow:hidden}
.words tr,.pairs tr{display:block;border-bottom:1px solid var(--line);padding:.45rem 0}
.words tbody th,.words td,.pairs tbody th,.pairs td{display:block;border:0;padding:0;
text-align:left}
.pairs td:not(:last-child){white-space:normal}.below{display:inline;margin-left:.4rem}
td[data-name]::before{content:attr(data-name) ": ";color:var(--soft);font-size:.875rem}}
@media print{:root{color-scheme:light;--ground:#fff;--paper:#fff;--ink:#000;--soft:#444;
--line:#bbb;--kept:#1d7a5a;--broken:#b42318;--counted:#2b62b8;--outside:#868e9e;--holiday:#8a68b4;
--paused:#c08312;--excluded:#12868c;--wash:#f4f4f4;--a:#8c2f1b;--b:#c9742b;--c:#3d6cb0;--d:#7f93b6}
html{font-size:10pt}body{-webkit-print-color-adjust:exact;print-color-adjust:exact}
section{border:0;padding:0;margin:1rem 0}svg.strip,svg.chart.wide{min-width:0}summary{display:none}
figure,.contents li{break-inside:avoid}h2,h3{break-after:avoid}
.scroll{overflow:visible;background:none}.hint{display:none}}
"""
