// MediaPipe's face mesh as it goes beside the page. Its glue makes functions from strings, which a page without
// 'unsafe-eval' may not; here the three places make the same functions as closures. Everything else is as it came.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const GLUE = "face_mesh_solution_simd_wasm_bin.js";
const FILES = [
  "face_mesh.js", "face_mesh.binarypb", "face_mesh_solution_packed_assets.data", "face_mesh_solution_packed_assets_loader.js",
  "face_mesh_solution_simd_wasm_bin.wasm", "face_mesh_solution_simd_wasm_bin.data",
];
const NOTICE = `@mediapipe/face_mesh 0.4.1633559619, https://www.npmjs.com/package/@mediapipe/face_mesh
Copyright The MediaPipe Authors. Licensed under the Apache License, Version 2.0.
Changed by visavis: ${GLUE} makes no functions from strings; face_mesh.binarypb is called face_mesh.bin.
`;

const CHANGES: readonly (readonly [string, string])[] = [
  [
    `return new Function("body","return function "+name+"() {\\n"+'    "use strict";'+"    return body.apply(this, arguments);\\n"+"};\\n")(body)`,
    `return {[name]:function(){"use strict";return body.apply(this,arguments)}}[name]`,
  ],
  [
    `args1.push(invokerFnBody);var invokerFunction=new_(Function,args1).apply(null,args2);return invokerFunction`,
    `return function(){` +
      `if(arguments.length!==argCount-2){throwBindingError("function "+humanName+" called with "+arguments.length+" arguments, expected "+(argCount-2)+" args!")}` +
      `var destructors=needsDestructorStack?[]:null,wired=[],thisWired,all=[cppTargetFunc];` +
      `if(isClassMethodFunc){thisWired=argTypes[1].toWireType(destructors,this);all.push(thisWired)}` +
      `for(var k=0;k<argCount-2;++k){wired[k]=argTypes[k+2].toWireType(destructors,arguments[k]);all.push(wired[k])}` +
      `var rv=cppInvokerFunc.apply(null,all);` +
      `if(needsDestructorStack){runDestructors(destructors)}else{for(var k=isClassMethodFunc?1:2;k<argTypes.length;++k){` +
      `if(argTypes[k].destructorFunction!==null){argTypes[k].destructorFunction(k===1?thisWired:wired[k-2])}}}` +
      `if(returns){return argTypes[0].fromWireType(rv)}}`,
  ],
  [
    `params.push(functionBody);var invokerFunction=new_(Function,params).apply(null,args);return __emval_addMethodCaller(invokerFunction)`,
    `var invokerFunction=function(handle,name,destructors,args){var offset=0,given=[];` +
      `for(var k=0;k<argCount-1;++k){given[k]=types[k+1].readValueFromPointer(args+offset);offset+=types[k+1]["argPackAdvance"]}` +
      `var rv=handle[name].apply(handle,given);` +
      `for(var k=0;k<argCount-1;++k){if(types[k+1]["deleteObject"]){types[k+1]["deleteObject"](given[k])}}` +
      `if(!retType.isVoid){return retType.toWireType(destructors,rv)}};return __emval_addMethodCaller(invokerFunction)`,
  ],
];

/** Throws where the glue is another than expected. */
export function copyFaceMesh(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  let glue = readFileSync(join(from, GLUE), "utf8");
  for (const [old, now] of CHANGES) {
    if (glue.split(old).length !== 2) throw new Error(`${GLUE} is another than expected at: ${old.slice(0, 60)}`);
    glue = glue.replace(old, () => now);
  }
  writeFileSync(join(to, GLUE), glue);
  writeFileSync(join(to, "README.txt"), NOTICE);
  // The graph gets an ending that servers know.
  for (const name of FILES) writeFileSync(join(to, name.replace(/\.binarypb$/, ".bin")), readFileSync(join(from, name)));
}
