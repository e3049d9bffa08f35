import { readCsv } from './src/connect/csv.ts'
import { writtenIn } from './tests/support/legacy.ts'
import fs from 'node:fs'
const names=['đăng ký khai sinh','cấp giấy phép xây dựng','chứng thực bản sao','cấp đổi thẻ căn cước','xã Tân Lập huyện Gò Dầu']
for (const enc of ['utf-8','tcvn'] as const){
const out=fs.openSync('/tmp/c_perf.csv','w'); fs.writeSync(out,Buffer.from(writtenIn('mã,tên,nơi,ngày\n',enc)!,'latin1'))
for(let i=0;i<300;i++){let s='';for(let j=0;j<1000;j++){const k=i*1000+j; s+=`HS${k},${writtenIn(names[k%5]!,enc)} ${k%997},${writtenIn(names[(k*7)%5]!,enc)},05/10/2024\n`} fs.writeSync(out,Buffer.from(s,'latin1'))}
fs.closeSync(out)
for(const encoding of [enc,'detect'] as const){const t=performance.now();let n=0,u=0;let max=0
for await(const p of readCsv('/tmp/c_perf.csv',null,{columns:[],aliases:{},encoding,delimiter:',',longest:1<<20})){n+=p.rows.length;u+=p.undecodable.length;max=Math.max(max,process.memoryUsage().rss)}
console.log(enc,encoding,n,u,(performance.now()-t).toFixed(0)+'ms',(max/1e6).toFixed(0)+'MB')}}
fs.unlinkSync('/tmp/c_perf.csv')
